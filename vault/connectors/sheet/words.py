"""What headers and cells of sheets are called, in several languages.

The names are plain words of trade, none is a vendor's own. They are compared without case, white
space and punctuation: `Order No.`, `order_no` and `OrderNo` are one.
"""

import unicodedata
from collections.abc import Mapping

from vault.domain.compartments import Kind


def squashed(name: str) -> str:
    """Return a name without case, accents of compatibility, white space and punctuation."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


_ORDER = {
    "orderNumber": """order number, order no, order nr, order id, order, order reference, order ref,
        sales order, sales order number, web order number, purchase id, bestellnummer, bestellnr,
        bestell nr, bestellung, auftragsnummer, auftragsnr, auftrag, numéro de commande,
        n de commande, no de commande, commande, número de pedido, nº de pedido, pedido,
        numero ordine, ordine, ordernummer, bestelnummer, 订单号, 订单编号, 訂單編號, 注文番号""",
    "orderDate": """order date, ordered, ordered on, date ordered, date of order, purchase date,
        date of purchase, bestelldatum, bestellt am, auftragsdatum, kaufdatum, date de commande,
        date d'achat, fecha de pedido, fecha del pedido, fecha de compra, data ordine, besteldatum,
        orderdatum, 下单时间, 下单日期, 订单日期, 订购日期, 注文日""",
    "seller": """seller, vendor, supplier, merchant, store, shop, sold by, vendor name,
        supplier name, verkäufer, händler, lieferant, anbieter, vendeur, fournisseur, marchand,
        vendedor, proveedor, venditore, fornitore, leverancier, 卖家, 商家, 店铺, 供应商""",
    "channel": """channel, website, web site, sales channel, marketplace, kanal, webseite,
        canal, 渠道""",
    "site": """site, location, office, branch, cost center, cost centre, ship to name, department,
        standort, filiale, kostenstelle, niederlassung, abteilung, centre de coût, succursale,
        sede, 地点, 分公司, 成本中心""",
    "priceCurrency": """currency, currency code, curr, ccy, währung, devise, monnaie, moneda,
        divisa, valuta, 币种, 货币, 通貨""",
}
_WHOLE_ORDER = {
    "orderStatus": """order status, status of order, bestellstatus, auftragsstatus,
        statut de la commande, estado del pedido, 订单状态""",
    "poNumber": """po number, po no, po, purchase order, purchase order number, customer po,
        customer po number, your reference, bestellnummer kunde, ihre bestellnummer,
        kundenbestellnummer, numéro de bon de commande, bon de commande, 采购订单号""",
    "shipping": """shipping, shipping cost, shipping costs, shipping charge, freight, postage,
        versand, versandkosten, fracht, frais de port, frais de livraison, gastos de envío, 运费""",
    "tax": """tax, sales tax, tax amount, vat, vat amount, gst, mwst, mwst betrag, ust,
        umsatzsteuer, mehrwertsteuer, tva, montant tva, iva, btw, 税额, 税金""",
    "discount": """discount, discounts, total discount, rabatt, nachlass, remise, descuento,
        sconto, korting, 折扣, 优惠""",
    "totalPrice": """order total, total price, grand total, total amount, total,
        gesamtbetrag, gesamtsumme, bestellwert, summe, total de la commande, montant total,
        total ttc, importe total, totale, totaal, 订单金额, 总金额, 总价, 实付金额, 合计""",
    "trackingNumber": """tracking number, tracking no, tracking, tracking id, shipment number,
        sendungsnummer, paketnummer, numéro de suivi, número de seguimiento, 快递单号, 运单号,
        物流单号""",
    "carrier": """carrier, carrier name, shipped by, versanddienst, versanddienstleister,
        transporteur, transportista, 快递公司, 物流公司""",
}
_PURCHASE = {
    "name": """product name, item name, product, item, description, item description,
        product description, title, article, name, artikel, artikelname, artikelbezeichnung,
        bezeichnung, beschreibung, produkt, produktname, produit, désignation, libellé,
        nom du produit, producto, descripción, artículo, prodotto, descrizione, omschrijving,
        商品名称, 商品, 产品名称, 品名, 名称, 商品名""",
    "sku": """sku, item number, item no, item id, article number, article no, product code,
        product id, product number, product no, part number, part no, part, material,
        material number, stock code, artikelnummer, artikelnr, artikel nr, art nr, materialnummer,
        référence, réf, code article, referencia, código, codice, codice articolo, artikelcode,
        货号, 商品编号, 产品编号, 物料编号""",
    "mpn": """mpn, manufacturer part number, manufacturer part no, mfr part number, mfr part no,
        mfg part number, mfg part no, mfr part, oem part number, herstellernummer,
        herstellerartikelnummer, hersteller nr, référence fabricant, 厂商型号, 制造商零件号,
        型号""",
    "gtin": """gtin, ean, upc, barcode, bar code, ean code, ean13, isbn, jan, 条形码, 条码""",
    "brand": """brand, manufacturer, make, mfr, maker, marke, hersteller, marque, fabricant, marca,
        fabricante, merk, 品牌, 制造商""",
    "category": """category, product category, product group, class, product type, kategorie,
        warengruppe, produktgruppe, catégorie, famille, categoría, categoria, categorie, 类别, 分类,
        类目""",
    "quantity": """quantity, qty, quantity ordered, qty ordered, ordered quantity, order quantity,
        units, pcs, count, menge, anzahl, stück, stückzahl, quantité, qté, cantidad, quantità,
        aantal, 数量, 件数, 購入数""",
    "unitCode": """unit, unit of measure, uom, einheit, mengeneinheit, me, unité, unidad, unità,
        eenheid, 单位""",
    "price": """unit price, price, price per unit, item price, net price, price each, unit cost,
        preis, einzelpreis, stückpreis, preis pro stück, e preis, nettopreis, prix, prix unitaire,
        pu, precio, precio unitario, prezzo, prezzo unitario, prijs, stukprijs, 单价, 价格""",
    "lineTotal": """line total, item total, extended price, ext price, line amount, amount,
        item subtotal, net amount, gesamtpreis, positionsbetrag, zeilensumme, betrag, nettobetrag,
        montant, montant ligne, prix total, importe, importo, bedrag, 金额, 小计""",
    "itemStatus": """status, item status, line status, delivery status, shipment status, zustand,
        lieferstatus, positionsstatus, statut, état, estado, stato, 状态""",
    "serialNumbers": """serial number, serial numbers, serial no, serial, s n, sn, asset serial,
        service tag, seriennummer, seriennr, numéro de série, número de serie, numero di serie,
        serienummer, 序列号""",
    "isGift": """gift, is gift, geschenk, cadeau, regalo, 礼物, 是否礼物""",
    "giftRecipient": """gift recipient, gift for, geschenk für, 收礼人""",
    "giftMessage": """gift message, grußbotschaft, geschenknachricht, message cadeau, 礼物留言""",
    "deliveryAddress": """delivery address, shipping address, ship to, ship to address,
        delivered to, lieferadresse, lieferanschrift, adresse de livraison, dirección de entrega,
        indirizzo di consegna, afleveradres, 收货地址""",
    "returnBy": """return by, returnable until, rückgabe bis, retour avant, 退货截止日期""",
    "warrantyUntil": """warranty until, warranty end, warranty end date, warranty expiration,
        warranty expiry, garantie bis, garantieende, fin de garantie, garantía hasta, 保修期至,
        保修截止日期""",
}
_INVOICE = {
    "invoiceNumber": """invoice number, invoice no, invoice id, invoice, document number,
        document no, bill number, reference, rechnungsnummer, rechnungsnr, rechnung nr, rechnung,
        rg nr, belegnummer, belegnr, beleg, numéro de facture, n de facture, facture,
        número de factura, factura, numero fattura, fattura, factuurnummer, factuur, 发票号,
        发票号码,
        发票编号, 請求書番号""",
    "typeCode": """document type, doc type, type code, belegart, type de document, 单据类型""",
    "issueDate": """invoice date, date of invoice, document date, issue date, issued, billing date,
        date, rechnungsdatum, belegdatum, ausstellungsdatum, datum, date de facture,
        date facture, date d'émission, fecha de factura, fecha, data fattura, data, factuurdatum,
        发票日期, 开票日期, 日期, 請求日""",
    "paymentDueDate": """due date, payment due date, due, net due date, payment due, pay by,
        fällig, fällig am, fälligkeit, fälligkeitsdatum, zahlbar bis, échéance, date d'échéance,
        vencimiento, fecha de vencimiento, scadenza, data scadenza, vervaldatum, 到期日, 付款到期日,
        支付期限""",
    "provider": """vendor, supplier, vendor name, supplier name, seller, biller, issued by,
        creditor,
        lieferant, kreditor, rechnungssteller, fournisseur, émetteur, proveedor, fornitore,
        leverancier, 供应商, 开票方""",
    "payee": """payee, pay to, remit to, zahlungsempfänger, bénéficiaire, beneficiario, 收款方""",
    "totalPaymentDue": """amount due, balance due, open amount, open balance, balance, outstanding,
        outstanding amount, remaining, invoice amount, invoice total, total amount, gross amount,
        total, amount, offener betrag, offen, saldo, restbetrag, rechnungsbetrag, bruttobetrag,
        gesamtbetrag, betrag, brutto, montant dû, solde, montant ttc, montant, total ttc,
        importe pendiente, importe total, importe, importo dovuto, importo, openstaand bedrag,
        bedrag, 应付金额, 欠款金额, 未付金额, 发票金额, 价税合计, 金额""",
    "amountPaid": """amount paid, paid amount, paid, payments, bezahlt, bezahlter betrag,
        gezahlt, zahlbetrag, montant payé, payé, importe pagado, pagado, pagato, betaald, 已付金额,
        已付款""",
    "paymentStatus": """payment status, status, invoice status, zahlungsstatus, rechnungsstatus,
        statut, statut du paiement, état, estado, stato, 付款状态, 状态""",
    "taxTotal": """tax, tax amount, vat, vat amount, sales tax, tax total, mwst, mwst betrag, ust,
        steuer, steuerbetrag, umsatzsteuer, tva, montant tva, iva, btw, 税额""",
    "priceCurrency": _ORDER["priceCurrency"],
    "referencesOrder": f"""{_ORDER["orderNumber"]}, {_WHOLE_ORDER["poNumber"]}""",
    "paymentTerms": """payment terms, terms, terms of payment, zahlungsbedingungen,
        zahlungsbedingung, conditions de paiement, condiciones de pago, 付款条件""",
    "site": f"""{_ORDER["site"]}, ship to""",
}
_LICENSE = {
    "name": """product name, license name, software, software title, title, product, product title,
        name, license, description, item, lizenz, lizenzname, softwarename, produkt, produktname,
        bezeichnung, licence, logiciel, produit, licencia, producto, licenza, 软件名称, 产品名称,
        许可证名称,
        名称""",
    "publisher": """publisher, manufacturer, vendor, software publisher, developer, hersteller,
        herausgeber, éditeur, editor, fabricante, editore, 发行商, 厂商, 出版商""",
    "seller": """seller, reseller, supplier, sold by, händler, lieferant, revendeur, 经销商""",
    "agreementNumber": """agreement number, agreement no, agreement, agreement id, contract number,
        contract no, contract, enrollment number, enrollment, vertragsnummer, vertrag,
        numéro de contrat, contrat, número de contrato, contratto, contractnummer, 协议编号,
        合同编号,
        合同号""",
    "licenseNumber": """license number, license no, license id, licence number, licence id,
        authorization number, subscription id, entitlement id, lizenznummer, lizenznr,
        numéro de licence, número de licencia, licentienummer, 许可证号, 许可证编号""",
    "metric": """metric, license metric, license type, licence type, license model, unit,
        lizenzmetrik, lizenztyp, lizenzart, lizenzmodell, métrique, type de licence, 计量方式,
        许可类型""",
    "quantityOwned": """quantity owned, seats, seats owned, licenses owned, quantity, qty,
        purchased,
        entitled, entitlements, total licenses, number of licenses, number of seats,
        seats purchased,
        menge, anzahl, anzahl lizenzen, lizenzen, gekauft, nombre de licences, quantité, cantidad,
        quantità, aantal, 数量, 席位数, 许可数量""",
    "quantityUsed": """quantity used, seats used, used, in use, assigned, consumed, installed,
        licenses used, allocated, genutzt, verwendet, zugewiesen, installiert, utilisées, utilisé,
        en uso, asignadas, in uso, in gebruik, 已使用, 已用数量, 已分配""",
    "ownedFrom": """owned from, start date, valid from, subscription start, purchase date,
        effective date, begin date, activation date, beginn, gültig ab, startdatum, laufzeitbeginn,
        kaufdatum, début, date de début, fecha de inicio, data inizio, begindatum, 开始日期,
        生效日期,
        购买日期""",
    "ownedThrough": """owned through, end date, expiry date, expiration date, expires, expires on,
        expiration, expiry, valid until, valid through, valid to, subscription end, renewal date,
        ende, gültig bis, ablaufdatum, läuft ab am, laufzeitende, enddatum, fin, date de fin,
        date d'expiration, fecha de vencimiento, fecha fin, scadenza, einddatum, 到期日, 结束日期,
        失效日期,
        有效期至""",
    "maintenanceEnd": """maintenance end, maintenance end date, maintenance until,
        maintenance expiration, support end, support end date, support until, wartung bis,
        wartungsende, support bis, fin de maintenance, 维护到期日, 支持到期日""",
    "orderNumber": f"""{_ORDER["orderNumber"]}, {_WHOLE_ORDER["poNumber"]}""",
    "invoiceNumber": """invoice number, invoice no, invoice, rechnungsnummer, rechnung,
        numéro de facture, 发票号""",
    "site": _ORDER["site"],
    "key": """license key, licence key, product key, activation key, key, serial key,
        activation code, lizenzschlüssel, produktschlüssel, aktivierungsschlüssel,
        clé de licence, clé de produit, clave de producto, 许可证密钥, 产品密钥, 激活码""",
}


def _compared(names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {
        field: tuple(squashed(name) for name in text.split(",")) for field, text in names.items()
    }


SYNONYMS: Mapping[Kind, Mapping[str, tuple[str, ...]]] = {
    Kind.PURCHASE: _compared({**_ORDER, **_PURCHASE, **_WHOLE_ORDER}),
    Kind.ORDER: _compared({**_ORDER, **_WHOLE_ORDER}),
    Kind.INVOICE: _compared(_INVOICE),
    Kind.LICENSE: _compared(_LICENSE),
}
"""For each kind and field the names that a column of it has, the surest first."""

KNOWN = frozenset(
    name for fields in SYNONYMS.values() for names in fields.values() for name in names
)

POSITION = frozenset(
    map(
        squashed,
        (
            "line", "line number", "line no", "line item", "position", "pos", "pos nr", "item line",
            "order line", "line id", "zeile", "zeilennummer", "ligne", "línea", "riga", "regel",
            "行号", "行项目", "序号",
        ),
    )
)  # fmt: skip
"""The number of a line within its order."""

TOTALS = frozenset(
    map(
        squashed,
        (
            "total", "totals", "grand total", "subtotal", "sub total", "sum", "summe",
            "gesamtsumme", "gesamt", "zwischensumme", "total général", "sous total", "somme",
            "total general", "totale", "totaal", "合计", "总计", "小计", "总额",
        ),
    )
)  # fmt: skip
"""How a row of totals begins."""

YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "oui", "o", "sí", "si", "sì", "是"})
NO = frozenset({"no", "n", "false", "0", "nein", "non", "nee", "否"})

PAID = {
    **dict.fromkeys(("paid", "closed", "bezahlt", "payé", "payée", "pagado", "已付", "已付款"),
                    "PaymentComplete"),
    **dict.fromkeys(("open", "unpaid", "due", "offen", "fällig", "impayé", "impayée", "pendiente",
                     "未付", "未付款"), "PaymentDue"),
    **dict.fromkeys(("overdue", "past due", "überfällig", "en retard", "vencido", "逾期"),
                    "PaymentPastDue"),
}  # fmt: skip
"""Words that say what schema.org's PaymentStatusType says."""

_MONTHS = (
    "jan january januar jänner janvier janv enero ene gennaio gen januari",
    "feb february februar février févr febrero febbraio februari",
    "mar march märz mrz mär mars marzo maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag mei",
    "jun june juni juin junio giugno giu",
    "jul july juli juillet juil julio luglio lug",
    "aug august août agosto ago augustus",
    "sep sept september septembre septiembre settembre set",
    "oct october okt oktober octobre octubre ottobre ott",
    "nov november novembre noviembre",
    "dec december dez dezember décembre déc diciembre dic dicembre",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
"""The months by their names and short forms."""
